"""Send a command line, with the standard streams, to the process that runs it; exit as it does."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["LLMCOST_SERVER"])
    request = json.dumps([sys.argv[2:], sys.argv[1], dict(os.environ)]).encode() + b"\n"
    start = socket.send_fds(server, [request], [0, 1, 2])
    server.sendall(request[start:])
    code = server.recv(16)
sys.exit(int(code or 70))
