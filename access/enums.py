"""Words: what may be done, and the roles that staff hold."""

from enum import StrEnum

from django.db import models


class Permission(StrEnum):
    """One thing that a person may do at a site. Faces and actions name these, never roles."""

    SEE_IDENTITY = "see identity and contact details"
    EDIT_IDENTITY = "register patients and change identity and contact details"
    ADMIT = "admit to and discharge from an episode of care"
    SEE_CLINICAL = "see diagnoses, substance use, events and assessments"
    RECORD_CLINICAL = "record diagnoses, substance use, events and assessments"
    SEE_PLAN = "see treatment plans"
    SEE_COUNSELING_NOTES = "read counselling notes: one's own, and those one is named for"
    WRITE_COUNSELING_NOTES = "write counselling notes, and name who else reads one's own"
    OPEN_NOTES_BY_CONSENT = "let a colleague read counselling notes, on a consent of the patient"
    WRITE_PLAN = "write treatment plans"
    SIGN_PLAN = "sign treatment plans"
    SEE_DOSES = "see doses"
    RECORD_DOSES = "record doses given, missed and taken home"
    CORRECT_DOSES = "correct a recorded dose"
    SEE_SCHEDULE = "see the schedule"
    BOOK = "book, confirm, move and cancel appointments"
    CHECK_IN = "check patients in and complete visits"
    SET_CALENDAR = "set hours, time away, closures and check-in devices of a site"
    SEE_REMINDERS = "see reminders"
    MANAGE_REMINDERS = "send a reminder again, and start planning and sending at once"
    SET_UP_REMINDERS = "choose which reminders there are, and their words"
    FOLLOW_UP = "work through follow-ups and patients' replies"
    SEE_CONSENTS = "see consents, privacy notices and restrictions"
    RECORD_CONSENTS = "record consents, their end, and privacy notices"
    DECIDE_RESTRICTIONS = "decide on a patient's request to restrict disclosures"
    SEE_DISCLOSURES = "see disclosures and their accounting"
    DISCLOSE = "disclose records outside the clinic"
    SEE_OUTCOMES = "see outcome reports (counts, no names)"
    SEE_AUDIT = "see the audit trail"
    MANAGE_USERS = "manage staff accounts and roles"
    SET_UP = "set up sites, programs, kinds of visits and rooms"
    SEE_JOBS = "see background job health"
    ASSIGN_CARE_TEAM = "choose who is on a patient's care team"
    OPEN_IN_EMERGENCY = "open one record in an emergency, for some hours"
    REVIEW_EMERGENCIES = "review what was opened in an emergency"
    CONFIRM_ROLES = "confirm, as the second person, a role that a colleague was given"


class Role(models.TextChoices):
    """What somebody is at a site. Rights follow in access/authz/roles.py."""

    PRESCRIBER = "prescriber", "Prescriber"
    NURSE = "nurse", "Nurse"
    COUNSELOR = "counsellor", "Counsellor"
    CASE_MANAGER = "case_manager", "Case manager"
    FRONT_DESK = "front_desk", "Front desk"
    CLINICAL_DIRECTOR = "clinical_director", "Clinical director"
    PRIVACY_OFFICER = "privacy_officer", "Privacy officer"
    SYSTEM_ADMINISTRATOR = "system_administrator", "System administrator"


class AuditKind(models.TextChoices):
    """What sort of thing an audit row tells of."""

    CHANGE = "change", "Change"
    READ = "read", "Reading"
    REFUSAL = "refusal", "Refusal"
    SIGN_IN = "sign_in", "Signing in"


class AccessBasis(models.TextChoices):
    """On what ground somebody could read a record: decided with reach, written into the trail."""

    SITE = "site", "works at the site"
    CASELOAD = "caseload", "on the care team"
    GRACE = "grace", "on the care team until some days before"
    AUTHOR = "author", "wrote the notes or named their readers"
    NAMED = "named", "named to read the notes"
    EMERGENCY = "emergency", "opened it in an emergency"


class EmergencyReason(models.TextChoices):
    """Why somebody opened a record that their work does not open."""

    OVERDOSE = "overdose", "Overdose or another medical emergency"
    AT_RISK = "at_risk", "Somebody is in danger now"
    COVERING = "covering", "Covering for a colleague; care cannot wait"
    ELSEWHERE = "elsewhere", "The patient of another site asks for care here"
    OTHER = "other", "Another reason, in words"


class ReviewOutcome(models.TextChoices):
    """What the review of an emergency access found."""

    JUSTIFIED = "justified", "Justified"
    NOT_JUSTIFIED = "not_justified", "Not justified"
    FOLLOW_UP = "follow_up", "Needs following up"


class ProposalOutcome(models.TextChoices):
    """What became of a role that waited for a second person."""

    CONFIRMED = "confirmed", "Confirmed"
    REFUSED = "refused", "Refused"
    WITHDRAWN = "withdrawn", "Withdrawn"


class NoticeKind(models.TextChoices):
    """What the owner of an account hears by e-mail."""

    PASSWORD_RESET = "password_reset", "Password reset"
    FACTOR_RESET = "factor_reset", "Second factor reset"
    ROLE_CONFIRMED = "role_confirmed", "Role confirmed"
    ENABLED = "enabled", "Account enabled again"
