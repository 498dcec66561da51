"""Lines beside each other and beside what the clinic has already."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from access.models import Site
from exchange.episodes.alike import look_alikes
from exchange.episodes.cells import EpisodeLine, read_line
from exchange.episodes.table import Problem, Table
from patients.models import Identifier, Program


@dataclass(frozen=True, kw_only=True)
class Checked:
    """`good` can be loaded together; `present` is there from before; the rest has problems.

    `warnings` say of good lines what a person should look at.
    """

    good: tuple[EpisodeLine, ...]
    present: tuple[EpisodeLine, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def bad_lines(self) -> set[int]:
        return {problem.line for problem in self.problems}


def check_table(*, table: Table, system: str, create_programs: bool, today: date) -> Checked:
    """Every line judged. Reads the database, writes nothing."""
    problems: list[Problem] = []
    episodes: list[EpisodeLine] = []
    for line in table.lines:
        read = read_line(header=table.header, line=line, today=today)
        if isinstance(read, EpisodeLine):
            episodes.append(read)
        else:
            problems += read
    problems += _contradictions(episodes)
    recorded_at = _known_sites(system)
    problems += _second_sites(episodes, recorded_at)
    if not create_programs:
        problems += _unknown_programs(episodes)
    known = _known_admissions(system)
    problems += _second_open(episodes, known)
    bad = {problem.line for problem in problems}
    judged = [episode for episode in episodes if episode.number not in bad]
    good = tuple(episode for episode in judged if _key(episode) not in known)
    return Checked(
        good=good,
        warnings=tuple(look_alikes(good, recorded_at)),
        present=tuple(episode for episode in judged if _key(episode) in known),
        problems=tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))),
    )


def _key(episode: EpisodeLine) -> tuple[str, str, str, date]:
    return episode.person_id, episode.site, episode.program, episode.admission_date


def _contradictions(episodes: Sequence[EpisodeLine]) -> Iterable[Problem]:
    """The same episode twice, or one person described in two ways."""
    seen: dict[tuple[str, str, str, date], int] = {}
    described: dict[str, EpisodeLine] = {}
    for episode in episodes:
        earlier = seen.setdefault(_key(episode), episode.number)
        if earlier != episode.number:
            yield _problem(
                episode,
                "",
                f"the same person, program and admission date as line {earlier}.",
                "Keep one of the two.",
            )
        first = described.setdefault(episode.person_id, episode)
        for column in ("given_name", "family_name", "birth_date", "sex"):
            if getattr(first, column) != getattr(episode, column):
                yield _problem(
                    episode,
                    column,
                    f"is not what line {first.number} says of the same person.",
                    "A person_id stands for one person: write the same, or another person_id.",
                )


def _second_sites(episodes: Sequence[EpisodeLine], known: Mapping[str, str]) -> Iterable[Problem]:
    """A record belongs to one site, and so does everything in it: whoever may see one sees the other."""
    first: dict[str, EpisodeLine] = {}
    for episode in episodes:
        earlier = first.setdefault(episode.person_id, episode)
        recorded = known.get(episode.person_id)
        if recorded is not None and recorded != episode.site:
            where = f"this person is recorded at {recorded!r} already."
        elif recorded is None and earlier.site != episode.site:
            where = f"line {earlier.number} has the same person at {earlier.site!r}."
        else:
            continue
        yield _problem(
            episode,
            "site",
            where,
            "Care at a second site needs a record there: write another person_id.",
        )


def _known_sites(system: str) -> dict[str, str]:
    """By this system's numbers, the sites at which its people are recorded."""
    rows = Identifier.objects.filter(system=system).values_list("value", "patient__site__code")
    return dict(rows.iterator(chunk_size=5000))


def _unknown_programs(episodes: Sequence[EpisodeLine]) -> Iterable[Problem]:
    sites = set(Site.objects.values_list("code", flat=True))
    programs = set(Program.objects.values_list("site__code", "code"))
    for episode in episodes:
        if episode.site not in sites:
            yield _problem(episode, "site", f"there is no site {episode.site!r}.", _known(sites))
        elif (episode.site, episode.program) not in programs:
            there = {code for site, code in programs if site == episode.site}
            yield _problem(
                episode,
                "program",
                f"there is no program {episode.program!r} at this site.",
                _known(there),
            )


def _known(codes: set[str]) -> str:
    return f"Known: {', '.join(sorted(codes)) or 'none'}. Or load with --create-programs."


def _known_admissions(system: str) -> dict[tuple[str, str, str, date], bool]:
    """Episodes of the people this system's numbers stand for; True while open."""
    rows = (
        Identifier.objects.filter(system=system, patient__episodes__isnull=False)
        .values_list(
            "value",
            "patient__episodes__site__code",
            "patient__episodes__program__code",
            "patient__episodes__admission_date",
            "patient__episodes__discharge_date",
        )
        .iterator(chunk_size=5000)
    )
    return {
        (value, site, program, admitted): discharged is None
        for value, site, program, admitted, discharged in rows
        if site is not None and program is not None and admitted is not None
    }


def _second_open(
    episodes: Sequence[EpisodeLine], known: dict[tuple[str, str, str, date], bool]
) -> Iterable[Problem]:
    """The database allows one open episode per person and program: say so before it refuses."""
    open_on: dict[tuple[str, str, str], str] = defaultdict(str)
    for (person, site, program, admitted), is_open in known.items():
        if is_open:
            open_on[person, site, program] = f"the episode of {admitted}, already recorded,"
    for episode in episodes:
        if episode.discharge_date is not None or _key(episode) in known:
            continue
        place = (episode.person_id, episode.site, episode.program)
        if open_on[place]:
            yield _problem(
                episode,
                "discharge_date",
                f"{open_on[place]} is open in the same program.",
                "Only one can be: write when the earlier one ended.",
            )
        open_on[place] = open_on[place] or f"the episode on line {episode.number}"


def _problem(episode: EpisodeLine, column: str, what: str, remedy: str) -> Problem:
    return Problem(line=episode.number, column=column, what=what, remedy=remedy)
