"""The server: what clients ask over standard input, answered one call after the other.

The SDK keeps standard output for the protocol: whatever else is printed goes to stderr.
"""

import logging
from typing import Any

import anyio
from anyio.to_thread import run_sync
from mcp import types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from llmcost import __version__
from llmcost.cli.agents.calls import Folders
from llmcost.cli.agents.tools import INSTRUCTIONS, Tool, answer, tools

HINTS = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)


def serve(folders: Folders) -> None:
    """Until the client goes away."""
    logging.getLogger("mcp").setLevel(logging.ERROR)  # not what clients do wrong
    try:
        anyio.run(session, server(folders))
    except* OSError:  # the client went away while it was answered
        pass


async def session(server: Server[Any]) -> None:
    async with stdio_server() as (asked, answers):
        await server.run(asked, answers, server.create_initialization_options())


def server(folders: Folders) -> Server[Any]:
    known = tools(folders)
    listed = types.ListToolsResult(tools=[described(one) for one in known.values()])
    turn = anyio.CapacityLimiter(1)  # what the engines have learnt is shared

    async def list_tools(context: Any, params: Any) -> types.ListToolsResult:
        return listed

    async def call_tool(context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        tool = known.get(params.name)
        if tool is None:
            names = ", ".join(known)
            raise MCPError(types.INVALID_PARAMS, f"unknown tool: {params.name}; known: {names}")
        # in a thread, so that the protocol goes on meanwhile
        found = await run_sync(answer, tool, params.arguments or {}, folders, limiter=turn)
        return types.CallToolResult(
            content=[types.TextContent(type="text", text=found.text)],
            structured_content=found.document,
            is_error=found.failed,
        )

    return Server(
        "llmcost",
        title="llmcost",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )


def described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments,
        output_schema=tool.result,
        annotations=HINTS,
    )
