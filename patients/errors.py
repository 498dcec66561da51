"""Errors of actions on patients' records, consents and disclosures."""

from collections.abc import Mapping

from common.errors import Conflict, InvalidInput


class EpisodeAlreadyOpen(Conflict):
    code = "episode_already_open"
    message = "This person already has an open episode of care in this program."
    remedy = "Continue that episode, or discharge from it first."


class EpisodesOverlap(Conflict):
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


class StaleVersion(Conflict):
    code = "changed_meanwhile"
    message = "Somebody saved this record while you were editing."
    remedy = "Your words are still in the form: compare with the saved record, then save again."


class ProbableDuplicate(Conflict):
    """A similar record exists; the caller may repeat the call with `is_somebody_new`."""

    code = "probable_duplicate"
    message = "A record much like this one exists already."
    remedy = "Open it if it is the same person; otherwise confirm that this is somebody new."

    def __init__(self, candidates: list[int]) -> None:
        self.candidates = candidates
        super().__init__()


class DeficientConsent(InvalidInput):
    """A consent lacks an element of 42 CFR 2.31(a); `missing` names each one, by field."""

    code = "deficient_consent"
    remedy = "Complete the form and have it signed again; a deficient consent is none."

    def __init__(self, missing: Mapping[str, str]) -> None:
        self.missing = dict(missing)
        super().__init__(f"This consent lacks: {'; '.join(self.missing.values())}.")


class ConsentEnded(Conflict):
    code = "consent_ended"
    message = "This consent has ended already."
    remedy = "Nothing needs to be done: it is not used any more."


class MustBeAgreed(InvalidInput):
    code = "must_be_agreed"
    message = (
        "This request may not be refused: it keeps from a health plan, for payment or operations,"
        " a service that was paid in full otherwise (42 CFR 2.26(a)(6))."
    )
    remedy = "Record it as agreed."


class DisclosureRefused(Conflict):
    """A disclosure was refused; `reason` is a patients.consents.disclosure_policy.Refusal."""

    code = "disclosure_refused"

    def __init__(self, reason: str, message: str, *, remedy: str) -> None:
        self.reason = reason
        super().__init__(message, remedy=remedy)


class AlreadyDecided(Conflict):
    code = "already_decided"
    message = "Somebody has decided on this request already."
    remedy = "Reload to read the decision."


class AlreadyLifted(Conflict):
    code = "already_lifted"
    message = "This restriction was lifted already."
    remedy = "Reload to see since when."


class WasRefused(Conflict):
    code = "was_refused"
    message = "This request was refused, so there is nothing to lift."
