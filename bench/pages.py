"""The pages that staff open all day, and their twins in the API."""

from __future__ import annotations

from typing import Any

from bench.clinics import Clinic, say
from bench.conversation import Ask, Conversation
from bench.figures import ratio, summary

WARMING = 4
FEWEST, LONGEST_SECONDS = 10, 20.0


def asks(marks: dict[str, Any]) -> list[Ask]:
    """What is asked of one clinic; `marks` are its landmarks (see bench.landmarks)."""
    deep, patient = marks["deep"], marks["patient"]
    day = f"site={marks['site']}&starts_from={marks['begins']}&starts_before={marks['ends']}"
    return [
        Ask("patients, first page", "/patients"),
        Ask("patients, first page · API", "/api/v1/patients"),
        Ask("patients, deep page", f"/patients?after={deep}"),
        Ask("patients, deep page · API", f"/api/v1/patients?after={deep}"),
        *_searches("a name", marks["name"]),
        *_searches("two letters", marks["letters"]),
        *_searches("a family name", marks["family"]),
        *_searches("a name misspelled", marks["misspelt"]),
        *_searches("a birth date", marks["born"]),
        *_searches("a phone number", marks["phone"]),
        *_searches("nobody", "zzqx"),
        Ask("a patient's page", f"/patients/{patient}"),
        Ask("a patient's page · API", f"/api/v1/patients/{patient}"),
        Ask("day schedule", f"/schedule?site={marks['site_code']}&day={marks['day']}"),
        Ask("day schedule · API", f"/api/v1/appointments?{day}"),
        Ask("reminders", "/reminders"),
        Ask("reminders · API", "/api/v1/reminders"),
        Ask("a patient's doses", f"/patients/{patient}/doses"),
        Ask("a patient's doses · API", f"/api/v1/doses?patient={patient}"),
        Ask("retention report", "/outcomes/retention"),
        Ask("retention report · API", "/api/v1/reports/retention"),
    ]


def measure(small: Clinic, large: Clinic, *, times: int) -> list[dict[str, Any]]:
    """Each page in both clinics by turns, so that the machine's moods fall on both alike."""
    clinics = (small, large)
    asked = [asks(clinic.ask_inside("landmarks")) for clinic in clinics]
    queries = [
        _queries(clinic, questions) for clinic, questions in zip(clinics, asked, strict=True)
    ]
    talks = [Conversation(clinic.port) for clinic in clinics]
    rows = []
    for number, pair in enumerate(zip(*asked, strict=True)):
        say(f"pages: {pair[0].name}")
        taken = _taken(talks, pair, times=times)
        rows.append(_row(pair[0].name, taken, [counts[number] for counts in queries]))
    for talk in talks:
        talk.close()
    return rows


def _taken(talks: list[Conversation], pair: tuple[Ask, ...], *, times: int) -> list[list[float]]:
    """Seconds of each answer, in both clinics; a slow page is asked for less often."""
    taken: list[list[float]] = [[], []]
    for turn in range(WARMING + times):
        for which, ask in enumerate(pair):
            seconds = talks[which].seconds(ask)
            if turn >= WARMING:
                taken[which].append(seconds)
        if len(taken[0]) >= FEWEST and sum(taken[0] + taken[1]) > LONGEST_SECONDS:
            break
    return taken


def _searches(what: str, words: str) -> list[Ask]:
    return [
        Ask(f"search, {what}", "/patients", fields={"words": words}),
        Ask(f"search, {what} · API", "/api/v1/patients/search", body={"words": words}),
    ]


def _queries(clinic: Clinic, questions: list[Ask]) -> list[int]:
    say(f"{clinic.name}: counting queries")
    counts: list[int] = clinic.ask_inside(
        "counting", [[ask.address, ask.fields, ask.body] for ask in questions]
    )
    return counts


def _row(name: str, taken: list[list[float]], queries: list[int]) -> dict[str, Any]:
    small, large = summary(taken[0]), summary(taken[1])
    return {
        "name": name,
        "small": small | {"queries": queries[0]},
        "large": large | {"queries": queries[1]},
        "ratio": ratio(large["p50_ms"], small["p50_ms"]),
    }
