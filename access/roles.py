"""Who may do what: the one page that decides. A clinical director should be able to read it.

Deny unless granted here. A right holds at the sites where the role is held.
"""

from collections.abc import Mapping

from access.enums import Right, Role

DESCRIPTIONS: Mapping[Role, str] = {
    Role.PRESCRIBER: "Physician or other prescriber: the whole clinical record of the site; signs plans.",
    Role.NURSE: "Gives and records medication; sees what bears on it.",
    Role.COUNSELLOR: "Behavioural care for their own caseload: writes plans for a prescriber to sign, records findings, keeps visits.",
    Role.CASE_MANAGER: "Keeps their own caseload connected: plans, visits, contact; no doses recorded.",
    Role.FRONT_DESK: "Identity, contact, schedule, and that somebody is in care and since when; no plan, dose, test or diagnosis, nor who sent them and why they left.",
    Role.CLINICAL_DIRECTOR: "Everything clinical at the site, and its results.",
    Role.PRIVACY_OFFICER: "The audit trail, what was opened in emergencies, consents and disclosures; no clinical content.",
    Role.SYSTEM_ADMINISTRATOR: "Staff accounts and the machinery; no patient data.",
}

_VISITS = {
    Right.SEE_IDENTITY,
    Right.SEE_SCHEDULE,
    Right.BOOK,
    Right.CHECK_IN,
    Right.SEE_REMINDERS,
    Right.FOLLOW_UP,
}
# The front desk hands out forms and takes signatures, so it records consents. What leaves the
# clinic is clinical, so it does not disclose.
_SIGNATURES = {Right.SEE_CONSENTS, Right.RECORD_CONSENTS}
_DISCLOSING = _SIGNATURES | {Right.SEE_DISCLOSURES, Right.DISCLOSE}
_CLINICAL_READING = {Right.SEE_CLINICAL, Right.SEE_PLAN, Right.SEE_DOSES}

RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.PRESCRIBER: frozenset(
        _VISITS
        | _CLINICAL_READING
        | _DISCLOSING
        | {
            Right.EDIT_IDENTITY,
            Right.ADMIT,
            Right.RECORD_CLINICAL,
            Right.WRITE_PLAN,
            Right.SIGN_PLAN,
            Right.SEE_COUNSELLING_NOTES,
            Right.WRITE_COUNSELLING_NOTES,
            Right.RECORD_DOSES,
            Right.CORRECT_DOSES,
            Right.SEE_OUTCOMES,
            Right.ASSIGN_CARE_TEAM,
            Right.OPEN_IN_EMERGENCY,
        }
    ),
    Role.NURSE: frozenset(
        _VISITS
        | _CLINICAL_READING
        | _DISCLOSING
        | {
            Right.EDIT_IDENTITY,
            Right.RECORD_CLINICAL,
            Right.RECORD_DOSES,
            Right.CORRECT_DOSES,
            Right.OPEN_IN_EMERGENCY,
        }
    ),
    Role.COUNSELLOR: frozenset(
        _VISITS
        | _DISCLOSING
        | {
            Right.EDIT_IDENTITY,
            Right.ADMIT,
            Right.SEE_CLINICAL,
            Right.RECORD_CLINICAL,
            Right.SEE_PLAN,
            Right.WRITE_PLAN,
            Right.SEE_COUNSELLING_NOTES,
            Right.WRITE_COUNSELLING_NOTES,
            Right.OPEN_IN_EMERGENCY,
        }
    ),
    Role.CASE_MANAGER: frozenset(
        _VISITS
        | _DISCLOSING
        | {
            Right.EDIT_IDENTITY,
            Right.ADMIT,
            Right.SEE_CLINICAL,
            Right.SEE_PLAN,
            Right.WRITE_PLAN,
            Right.MANAGE_REMINDERS,
            Right.OPEN_IN_EMERGENCY,
        }
    ),
    Role.FRONT_DESK: frozenset(
        _VISITS | _SIGNATURES | {Right.EDIT_IDENTITY, Right.MANAGE_REMINDERS}
    ),
    Role.CLINICAL_DIRECTOR: frozenset(
        set(Right) - {Right.SEE_AUDIT, Right.REVIEW_EMERGENCIES, Right.MANAGE_USERS, Right.SET_UP}
    ),
    Role.PRIVACY_OFFICER: frozenset(
        {
            Right.SEE_AUDIT,
            Right.REVIEW_EMERGENCIES,
            Right.CONFIRM_ROLES,
            Right.SEE_CONSENTS,
            Right.SEE_DISCLOSURES,
            Right.DECIDE_RESTRICTIONS,
            Right.OPEN_NOTES_BY_CONSENT,
        }
    ),
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {Right.MANAGE_USERS, Right.SET_UP, Right.SET_UP_REMINDERS, Right.SEE_JOBS}
    ),
}


#: Rights that end at one's own caseload: patients on whose care team one is. Every other right
#: that a role holds reaches all patients of the site.
CASELOAD_ONLY: Mapping[Role, frozenset[Right]] = {
    Role.COUNSELLOR: frozenset(
        {
            Right.SEE_CLINICAL,
            Right.RECORD_CLINICAL,
            Right.SEE_PLAN,
            Right.WRITE_PLAN,
            Right.WRITE_COUNSELLING_NOTES,
            Right.SEE_DISCLOSURES,
            Right.DISCLOSE,
        }
    ),
    Role.CASE_MANAGER: frozenset(
        {
            Right.SEE_CLINICAL,
            Right.SEE_PLAN,
            Right.WRITE_PLAN,
            Right.SEE_DISCLOSURES,
            Right.DISCLOSE,
        }
    ),
}

#: Rights that reach nobody by role alone: the row itself says to whom it is open (42 CFR 2.11).
NAMED_ONLY = frozenset({Right.SEE_COUNSELLING_NOTES})

#: What an emergency opens, and of it only what one's own role may see elsewhere: reading, nothing
#: else, and never counselling notes.
READ_IN_AN_EMERGENCY = frozenset(
    {
        Right.SEE_IDENTITY,
        Right.SEE_SCHEDULE,
        Right.SEE_CLINICAL,
        Right.SEE_PLAN,
        Right.SEE_DOSES,
    }
)

#: Who must show a second factor: every role. Administrators see no patient, but make the accounts
#: that do.
NEEDING_SECOND_FACTOR = frozenset(Role)

#: Who can be the second person that confirms what an administrator gave: every role waits for one.
CONFIRMING = frozenset(role for role in Role if Right.CONFIRM_ROLES in RIGHTS[role])

#: What only a person does, who can show a second factor: no token has these rights, whoever owns it.
NEVER_BY_TOKEN = frozenset(
    {
        Right.SIGN_PLAN,
        Right.OPEN_IN_EMERGENCY,
        Right.MANAGE_USERS,
        Right.CONFIRM_ROLES,
        Right.SEE_COUNSELLING_NOTES,
        Right.WRITE_COUNSELLING_NOTES,
        Right.OPEN_NOTES_BY_CONSENT,
        Right.ASSIGN_CARE_TEAM,
        Right.DECIDE_RESTRICTIONS,
    }
)

#: With whom a visit can be booked.
SEEING_PATIENTS = frozenset(
    {
        Role.PRESCRIBER,
        Role.NURSE,
        Role.COUNSELLOR,
        Role.CASE_MANAGER,
        Role.CLINICAL_DIRECTOR,
    }
)
