"""Compare the lines with one another and with the records that exist."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from access.models import Site
from exchange.episodes.csv_reader import Problem, Table
from exchange.episodes.duplicates import look_alikes
from exchange.episodes.row_parser import EpisodeLine, read_line
from patients.models import Identifier, Program


@dataclass(frozen=True, kw_only=True)
class Checked:
    """`good` lines can be loaded together; `present` ones exist already; the rest has problems.

    `warnings` name good lines that a person should look at.
    """

    good: tuple[EpisodeLine, ...]
    present: tuple[EpisodeLine, ...]
    problems: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def bad_lines(self) -> set[int]:
        return {problem.line for problem in self.problems}


#: Person, site, program and admission date identify an episode.
Key = tuple[str, str, str, date]
#: Admission, discharge (None: open), and how to name the episode to a reader.
Stay = tuple[date, date | None, str]


def check_table(*, table: Table, system: str, create_programs: bool, today: date) -> Checked:
    """Check every line. Reads the database, writes nothing."""
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
    problems += _overlaps(episodes, known)
    bad = {problem.line for problem in problems}
    judged = [episode for episode in episodes if episode.number not in bad]
    good = tuple(episode for episode in judged if _key(episode) not in known)
    return Checked(
        good=good,
        warnings=tuple(look_alikes(good, recorded_at)),
        present=tuple(episode for episode in judged if _key(episode) in known),
        problems=tuple(sorted(problems, key=lambda problem: (problem.line, problem.column))),
    )


def _key(episode: EpisodeLine) -> Key:
    return episode.person_id, episode.site, episode.program, episode.admission_date


def _contradictions(episodes: Sequence[EpisodeLine]) -> Iterable[Problem]:
    """Find the same episode twice, or one person described in two ways."""
    seen: dict[Key, int] = {}
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
    """Find people who appear at a second site: a record belongs to one site.

    A person who may see the record may see everything in it, so it cannot be split.
    """
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
    """Return the sites of known people by their number in this system."""
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


def _known_admissions(system: str) -> dict[Key, date | None]:
    """Return the end of each known episode of these people; None while open."""
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
        (value, site, program, admitted): discharged
        for value, site, program, admitted, discharged in rows
        if site is not None and program is not None and admitted is not None
    }


def _overlaps(
    episodes: Sequence[EpisodeLine], known: Mapping[Key, date | None]
) -> Iterable[Problem]:
    """Find overlapping episodes in one program before the database refuses them."""
    stays: dict[tuple[str, str, str], list[Stay]] = defaultdict(list)
    for (person, site, program, admitted), left in known.items():
        words = f"the episode of {admitted}, already recorded,"
        stays[person, site, program].append((admitted, left, words))
    seen = set(known)
    for episode in episodes:
        if _key(episode) in seen:
            continue
        seen.add(_key(episode))
        there = stays[episode.person_id, episode.site, episode.program]
        clash = next((stay for stay in there if _meet(episode, stay)), None)
        if clash is not None:
            yield _clash(episode, clash)
            continue
        words = f"the episode on line {episode.number}"
        there.append((episode.admission_date, episode.discharge_date, words))


def _meet(episode: EpisodeLine, stay: Stay) -> bool:
    """Whether two half-open periods overlap: readmission on the day of discharge does not."""
    begun, ended = stay[0], stay[1] or date.max
    left = episode.discharge_date or date.max
    both_last = begun < ended and episode.admission_date < left
    return both_last and begun < left and episode.admission_date < ended


def _clash(episode: EpisodeLine, stay: Stay) -> Problem:
    _, ended, words = stay
    if ended is None and episode.discharge_date is None:
        return _problem(
            episode,
            "discharge_date",
            f"{words} is open in the same program.",
            "Only one can be: write when the earlier one ended.",
        )
    return _problem(
        episode,
        "admission_date",
        f"overlaps {words} in the same program.",
        "Nobody is in one program twice at a time: mend the dates of one of the two.",
    )


def _problem(episode: EpisodeLine, column: str, what: str, remedy: str) -> Problem:
    return Problem(line=episode.number, column=column, what=what, remedy=remedy)
