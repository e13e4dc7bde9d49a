"""The commands: what a command line, a program or an agent may request. A folder or a module each.

A folder has at most `compute` (pure), `view` (columns, JSON, notes), `page` (HTML) and `command`
(options to result), and what that command alone uses. What two commands share does not belong here:
it moves down to `workload`, `runtime` or `render`; but the computations of `estimate` and `budget`
may be used by others. `COMMANDS` is the only other place that a new command touches. Nothing is
imported in this file, so that the computations cost no command line.
"""

COMMANDS = {
    "estimate": "Estimate what texts cost on each model.",
    "count": "Count tokens per file and in total, like wc.",
    "diff": "Compare the cost of prompts before and after a change.",
    "models": "List models and prices, or one model in detail.",
    "budget": "Show what a budget buys, or what a workload costs.",
    "forecast": "Forecast the cost of a workload, month by month.",
    "whatif": "Show which assumptions move the bill most.",
    "host": "Compare own GPUs and reserved throughput with the API.",
    "train": "Show what a training run takes, on GPUs and at vendors.",
    "usage": "Price API logs, and re-price them on other models.",
    "replay": "Replay an agent's sessions under each vendor's cache rules.",
    "plans": "List subscriptions, and fit an agent's traffic to them.",
    "mcp": "Serve estimates to agents (Model Context Protocol).",
}
MODULES = {"models": "llmcost.commands.prices.models"}
"""Where a command is, if not in `commands/NAME/command`."""
PLANNING = ("budget", "forecast", "whatif", "host")
"""Commands with an option for each field of a workload. They are made for the words of a command
line: they would have too many."""
GROUPS = {
    "tasks": "Compare models by the cost of a task; learn from logs.",
    "prices": "Look up prices: current, past, and their sources.",
    "config": "Show or set your defaults.",
    "tokenizers": "List tokenizers and their accuracy; add your own.",
}
SUBCOMMANDS = {
    "tasks": {"compare": "compare", "learn": "learn"},
    "prices": {
        "show": "show", "history": "history", "diff": "diff", "rank": "rank", "check": "check",
        "sources": "check", "update": "update", "schema": "check", "import": "trackers",
        "compare": "trackers", "index": "index",
    },
    "config": dict.fromkeys(("show", "path", "init", "set"), "command"),
    "tokenizers": {"show": "listing", "add": "add", "remove": "add"},
}  # fmt: skip
"""The commands of each group, and in which module of its folder each is."""
USUAL = {"tokenizers": "show", "tasks": "compare"}
"""What a group means without the name of a command: `tokenizers NAME` is `tokenizers show NAME`."""
CONFIGURED = {
    "prices": ("show", "history", "diff", "rank", "index", "sources", "update"),
    "tasks": ("compare",),
}
"""The commands of groups that the settings are for."""
