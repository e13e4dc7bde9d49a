"""How far a cluster is, in the bar of `progress`."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from llmcost.cli.progress import Progress
from llmcost.cluster.pieces import Piece

if TYPE_CHECKING:
    from llmcost.cli.bar import Shown


class Landing(Progress):
    """A bar over pieces as they come back. Until the listing has ended, nobody knows how many there
    are."""

    def __init__(self, *, wanted: bool) -> None:
        super().__init__([], wanted=wanted)
        self._listed = self._files = 0  # bytes, and files, of what was listed
        self._is_listed = False
        self._name = ""

    def sent(self, pieces: Iterable[Piece]) -> Iterator[Piece]:
        """The pieces, which are counted as they are sent."""
        for piece in pieces:
            self._listed += piece.bytes
            self._files += sum(part.start == 0 for part in piece.parts)
            yield piece
        self._is_listed = True

    def landed(self, piece: Piece, finished: int) -> None:
        """A piece is back, and with it so many files are finished."""
        self._past += piece.bytes
        self._finished += finished
        self._name = piece.parts[-1].file.name

    def _shown(self, now: float) -> "Shown":
        from llmcost.cli.bar import Shown

        return Shown(
            done=self._past,
            total=self._listed if self._is_listed else None,
            rate=self._rate(now, self._past),
            finished=self._finished,
            files=self._files,
            name=self._name,
        )
