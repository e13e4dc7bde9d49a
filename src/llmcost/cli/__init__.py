"""The command line: parse, call the core, hand a result to a report. Only this room prints."""
