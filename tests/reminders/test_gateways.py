"""The gateways that send nothing."""

from reminders.enums import Channel
from reminders.gateways import GATEWAYS, ConsoleGateway, OutboxGateway, gateway_for
from reminders.sending import send_due_reminders
from tests.support.world import NOW


def test_the_outbox_takes_everything():
    assert OutboxGateway().send(to="x", text="y", key="1-1") == "outbox-1-1"


def test_the_console_tells_neither_number_nor_text(capsys):
    text = "You have an appointment. Harbor Office"
    assert ConsoleGateway().send(to="5550101234", text=text, key="7-1") == "console-7-1"
    assert capsys.readouterr().out == "console: reminder 7-1 handed over, segments: 1\n"


def test_the_console_counts_segments(capsys):
    ConsoleGateway().send(to="x", text="Ж" * 71, key="7-2")
    assert capsys.readouterr().out == "console: reminder 7-2 handed over, segments: 2\n"


def test_every_channel_has_a_console(settings, due, capsys):
    assert all("console" in known for known in GATEWAYS.values())
    settings.REMINDER_SMS_GATEWAY = settings.REMINDER_EMAIL_GATEWAY = "console"
    assert isinstance(gateway_for(Channel.EMAIL), ConsoleGateway)
    assert send_due_reminders(now=NOW) == {"sent": 1}
    assert capsys.readouterr().out.startswith("console: reminder ")
