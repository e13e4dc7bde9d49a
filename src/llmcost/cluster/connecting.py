"""The way to a scheduler: a cluster that runs, or one of processes of this machine."""

import logging
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib import import_module
from multiprocessing import resource_tracker
from typing import Any

from llmcost.cluster.kernel import about
from llmcost.errors import LlmcostError, UsageError, install
from llmcost.messages import say
from llmcost.tokens.processes import deaf

Client = Any  # of distributed, whose types say little

LOCAL = re.compile(r"local(?::([1-9]\d{0,3}))?", re.ASCII)
NO_MODULE = re.compile(r"No module named '([^'.]+)")
PATIENCE = 15  # seconds, for a scheduler to answer
SETTLING = 30  # seconds, for a first worker to come
LOUD = ("distributed", "tornado", "asyncio", "dask", "bokeh")
EXAMPLE = say("for example {example}", example="--cluster tcp://scheduler:8786, --cluster local:4")
SAME = say("install the same version of llmcost and of Python on the workers, see docs/cluster.md")


class ClusterError(LlmcostError):
    """The cluster could not do its work, or not all of it."""


@contextmanager
def connected(address: str, processes: int) -> Iterator[Client]:
    """A client of `tcp://host:port`, or of `local[:N]`, which starts so many `processes` if N is
    not named. Raises UsageError, ClusterError."""
    local = LOCAL.fullmatch(address)
    if local is None and "://" not in address:
        raise UsageError(say("no address of a scheduler: `{text}`", text=address), hint=EXAMPLE)
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise ClusterError(say("--cluster needs Dask"), hint=install("cluster")) from None
    quiet()
    with warnings.catch_warnings(), ExitStack() as stack:
        warnings.simplefilter("ignore")  # of Dask's versions; ours are compared
        cluster: Any = address
        if local is not None:
            own = local_cluster(int(local[1] or processes), distributed)
            cluster = stack.enter_context(own)
        yield stack.enter_context(client_of(cluster, address, distributed))


def local_cluster(processes: int, distributed: Any) -> Any:
    """Workers hear nothing that ends a run, see `deaf`; they end with who starts them."""
    if sys.platform != "win32":
        resource_tracker.ensure_running()  # which would open the ears of who starts it
    with deaf():
        return distributed.LocalCluster(
            n_workers=processes,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            silence_logs=logging.CRITICAL + 1,
        )


@contextmanager
def client_of(cluster: Any, address: str, distributed: Any) -> Iterator[Client]:
    try:
        client = distributed.Client(
            cluster, timeout=PATIENCE, set_as_default=False, direct_to_workers=False
        )
    except (OSError, ValueError, RuntimeError, TypeError, ImportError) as error:
        why = (str(error).strip().splitlines() or [type(error).__name__])[0]
        said = say("cannot reach the scheduler `{address}`: {why}", address=address, why=why)
        raise ClusterError(said, hint=EXAMPLE) from None
    try:
        yield client
    finally:
        with suppress(Exception):  # a scheduler that is gone
            client.close(timeout=2)


def quiet() -> None:
    """Dask's own talk is not for the reader, to the end of the process: what matters of it is told
    in our words."""
    for name in LOUD:
        logger = logging.getLogger(name)
        logger.handlers[:] = [logging.NullHandler()]
        logger.setLevel(logging.CRITICAL + 1)


def check_workers(client: Client) -> int:
    """How many processes count. Raises ClusterError if there are none, or others than here."""
    try:
        client.wait_for_workers(1, timeout=SETTLING)
        answers: Mapping[str, Any] = client.run(about, on_error="return")
    except TimeoutError:
        said = say("the cluster has no workers")
        raise ClusterError(
            said, hint=say("start some: `dask worker ADDRESS --nworkers -1 --nthreads 1`")
        ) from None
    except (OSError, ImportError, RuntimeError) as error:
        raise refusal([error]) from None
    refused = [one for one in answers.values() if not isinstance(one, dict)]
    if refused:
        raise refusal(refused)
    here = about()
    for worker, one in answers.items():
        if one != here:
            raise different(worker, one, here)
    return len(answers)


def refusal(answers: Sequence[object]) -> ClusterError:
    """Why workers cannot do what they are asked for."""
    first = answers[0]
    module = NO_MODULE.search(str(first))  # of one that was raised over there, there is the text
    if module is not None:
        return missing(module[1])
    why = (str(first).strip().splitlines() or [type(first).__name__])[0]
    return ClusterError(say("a worker failed: {why}", why=why), hint=SAME)


def missing(module: str) -> ClusterError:
    if module == "llmcost":
        said = say("a worker has no llmcost, or one without --cluster")
        return ClusterError(said, hint=SAME)
    said = say("a worker misses the package `{package}`", package=module)
    return ClusterError(said, hint=say("install on the workers what is installed here"))


def different(worker: str, found: Mapping[str, str], here: Mapping[str, str]) -> ClusterError:
    what = next(one for one in here if found.get(one) != here[one])
    if what == "ctok":
        said = say("the package ctok is on one side only: here or on {worker}", worker=worker)
        return ClusterError(said, hint=say("install it on all of them or on none"))
    said = say(
        "the worker {worker} has {what} {there}, and here is {own}",
        worker=worker,
        what=what,
        there=found.get(what, "?"),
        own=here[what],
    )
    return ClusterError(said, hint=SAME)
