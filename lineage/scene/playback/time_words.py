"""The times of a playback in words, all with the same precision."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lineage.format import format_clock, format_day
from lineage.simulation import SimulationResult


@dataclass(frozen=True)
class TimeWords:
    """Formats times in the zone of a simulation, to the second if any of them needs it."""

    start: datetime
    seconds: bool

    @classmethod
    def of(cls, sim: SimulationResult) -> TimeWords:
        """The clock of a simulation."""
        return cls(sim.start, sim.to_the_second)

    @property
    def day(self) -> str:
        """The first day and the zone, which the other times leave out.

        Examples
        --------
        >>> from datetime import timezone
        >>> TimeWords(datetime(2026, 11, 30, 9, tzinfo=timezone.utc), False).day
        '30 Nov 2026 · UTC'
        """
        return f"{format_day(self.start)} {self.start.year} · {self.start.tzname()}"

    def time(self, moment: datetime) -> str:
        """A time of day, on whichever day."""
        return format_clock(moment, moment, seconds=self.seconds)

    def moment(self, moment: datetime) -> str:
        """A time of day, with the date after the first day.

        Examples
        --------
        >>> clock = TimeWords(datetime(2026, 11, 30, 9), False)
        >>> clock.moment(datetime(2026, 11, 30, 9, 11)), clock.moment(datetime(2026, 12, 1, 0, 5))
        ('09:11', '1 Dec 00:05')
        """
        time = self.time(moment)
        return time if moment.date() == self.start.date() else f"{format_day(moment)} {time}"

    def on_card(self, moment: datetime) -> str:
        """A time that fits a card, with the number of days after the first, as in timetables."""
        days = (moment.date() - self.start.date()).days
        return self.time(moment) + (f"+{days}" if days else "")

    def tick(self, moment: datetime) -> str:
        """A time on the axis; the date at midnight."""
        midnight = moment.hour == moment.minute == moment.second == 0
        return format_day(moment) if midnight and moment.date() != self.start.date() else self.time(moment)
