"""Facts that stop a deed on a patient's record."""

from common.errors import Conflict, InvalidInput


class EpisodeAlreadyOpen(Conflict):
    code = "episode_already_open"
    message = "This person already has an open episode of care in this program."
    remedy = "Continue that episode, or discharge from it first."


class StaysOverlap(Conflict):
    code = "stays_overlap"
    message = "This person was in this program on that day already."
    remedy = "Admit on the day of the earlier discharge or later."


class EpisodeClosed(Conflict):
    code = "episode_closed"
    message = "This episode of care has ended."
    remedy = "Admit the person again to begin a new one."


class DischargeBeforeAdmission(InvalidInput):
    code = "discharge_before_admission"
    message = "The discharge date lies before the admission date."
    remedy = "Check both dates."


class DischargeBeforeLastDose(InvalidInput):
    code = "discharge_before_last_dose"
    message = "A dose was given or handed out after this discharge date."
    remedy = "Take the day of the last dose or a later one, or correct the ledger first."


class ChangedMeanwhile(Conflict):
    code = "changed_meanwhile"
    message = "Somebody saved this record while you were editing."
    remedy = "Your words are still in the form: compare with the saved record, then save again."


class ProbableDuplicate(Conflict):
    """Shown before a new record is made; the caller may insist."""

    code = "probable_duplicate"
    message = "A record much like this one exists already."
    remedy = "Open it if it is the same person; otherwise confirm that this is somebody new."

    def __init__(self, candidates: list[int]) -> None:
        self.candidates = candidates
        super().__init__()
