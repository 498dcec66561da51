"""Errors of actions on patients' records, consents and disclosures."""

from collections.abc import Mapping

from common.errors import Conflict, InvalidInput


class EpisodeAlreadyOpen(Conflict):
    code = "episode_already_open"
    message = "This patient already has an open episode of care in this program."
    remedy = "Use that episode, or discharge the patient from it first."


class EpisodesOverlap(Conflict):
    code = "stays_overlap"
    message = "This patient was already in this program on that day."
    remedy = "Choose the date of the earlier discharge or a later one."


class EpisodeClosed(Conflict):
    code = "episode_closed"
    message = "This episode of care has ended."
    remedy = "Admit the patient again to start a new episode."


class DischargeBeforeAdmission(InvalidInput):
    code = "discharge_before_admission"
    message = "The discharge date is before the admission date."
    remedy = "Check both dates."


class DischargeBeforeLastDose(InvalidInput):
    code = "discharge_before_last_dose"
    message = "A dose was given or taken home after this discharge date."
    remedy = "Choose the date of the last dose or a later one, or correct the dose ledger first."


class StaleVersion(Conflict):
    code = "changed_meanwhile"
    message = "Somebody else saved this record while you were editing it."
    remedy = (
        "What you entered is still in the form. Compare it with the saved record, then save again."
    )


class ProbableDuplicate(Conflict):
    """A similar record exists; the caller may repeat the call with `is_somebody_new`."""

    code = "probable_duplicate"
    message = "A very similar record already exists."
    remedy = (
        "Open that record if it is the same person. Otherwise confirm that this is a new patient."
    )

    def __init__(self, candidates: list[int]) -> None:
        self.candidates = candidates
        super().__init__()


class DeficientConsent(InvalidInput):
    """A consent lacks an element of 42 CFR 2.31(a); `missing` names each one, by field."""

    code = "deficient_consent"
    remedy = "Complete the form and have it signed again. An incomplete consent is not valid."

    def __init__(self, missing: Mapping[str, str]) -> None:
        self.missing = dict(missing)
        super().__init__(f"This consent is missing: {'; '.join(self.missing.values())}.")


class ConsentEnded(Conflict):
    code = "consent_ended"
    message = "This consent has already ended."
    remedy = "No action is needed: it is no longer used."


class MustBeAgreed(InvalidInput):
    code = "must_be_agreed"
    message = "This request must be agreed to: it asks not to disclose to a health plan, for payment or operations, a service that was paid in full without that plan (42 CFR 2.26(a)(6))."
    remedy = "Choose “Agreed” as the decision."


class DisclosureRefused(Conflict):
    """A disclosure was refused; `reason` is a patients.consents.disclosure_policy.Refusal."""

    code = "disclosure_refused"

    def __init__(self, reason: str, message: str, *, remedy: str) -> None:
        self.reason = reason
        super().__init__(message, remedy=remedy)


class AlreadyDecided(Conflict):
    code = "already_decided"
    message = "This request was already decided."
    remedy = "Reload the page to read the decision."


class AlreadyLifted(Conflict):
    code = "already_lifted"
    message = "This restriction was already lifted."
    remedy = "Reload the page to see when."


class WasRefused(Conflict):
    code = "was_refused"
    message = "This request was refused, so there is nothing to lift."
