"""The one place that reads the clock; every price is looked up for an instant that is passed on."""

from datetime import datetime


def now() -> datetime:
    return datetime.now().astimezone().replace(microsecond=0)
