"""How much our list costs beside the same rows by the framework alone."""

from __future__ import annotations

from bench.clinics import HOST, Clinic, free_port, say, wait_for_web
from bench.conversation import Ask, Conversation
from bench.figures import ratio, summary
from bench.pages import WARMING
from clinic.devserver.processes import Part, parts_of_the_clinic

OURS = Ask("our list", "/api/v1/patients")
BARE = Ask("bare list", "/floor")


def measure(clinic: Clinic, *, times: int) -> dict[str, float]:
    """Both by turns, each on its own web server of the same shape."""
    say(f"{clinic.name}: the floor")
    port = free_port()
    clinic.start_part(_bare_web(clinic, port))
    wait_for_web(clinic.parts["floor"], port)
    ours, bare = Conversation(clinic.port), Conversation(port, signed_in=False)
    taken: dict[str, list[float]] = {OURS.name: [], BARE.name: []}
    for turn in range(WARMING + times):
        for talk, ask in ((ours, OURS), (bare, BARE)):
            seconds = talk.seconds(ask)
            if turn >= WARMING:
                taken[ask.name].append(seconds)
    clinic.stop("floor")
    mine, floor = summary(taken[OURS.name]), summary(taken[BARE.name])
    return {
        "ours_p50_ms": mine["p50_ms"],
        "ours_p95_ms": mine["p95_ms"],
        "bare_p50_ms": floor["p50_ms"],
        "bare_p95_ms": floor["p95_ms"],
        "ratio": ratio(mine["p50_ms"], floor["p50_ms"]),
    }


def _bare_web(clinic: Clinic, port: int) -> Part:
    """The clinic's web server with another application in it."""
    web = parts_of_the_clinic(clinic.state, HOST, port)[0]
    web.name, web.log = "floor", clinic.state / "logs" / "floor.log"
    web.command = [*web.command[:-1], "bench.floor_wsgi:application"]
    return web
