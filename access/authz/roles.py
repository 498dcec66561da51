"""The permissions of each role. Written so that a clinical director can read it.

What is not granted here is refused. A permission holds at the sites where the role is held.
"""

from collections.abc import Mapping

from access.enums import Permission, Role

DESCRIPTIONS: Mapping[Role, str] = {
    Role.PRESCRIBER: "Physician or other prescriber: the whole clinical record of the site; signs plans.",
    Role.NURSE: "Gives and records doses; sees the clinical record needed for that.",
    Role.COUNSELOR: "Behavioral care for their own caseload: writes plans for a prescriber to sign, records findings, manages appointments.",
    Role.CASE_MANAGER: "Coordinates care for their own caseload: plans, appointments, contacts; does not record doses.",
    Role.FRONT_DESK: "Demographics, contacts, schedule, and dates of treatment; no plan, dose, test or diagnosis, and no referral source or discharge reason.",
    Role.CLINICAL_DIRECTOR: "The whole clinical record of the site, and its outcome reports.",
    Role.PRIVACY_OFFICER: "The audit trail, emergency access, consents and disclosures; no clinical content.",
    Role.SYSTEM_ADMINISTRATOR: "Staff accounts, settings and background jobs; no patient data.",
}

_VISITS = {
    Permission.SEE_IDENTITY,
    Permission.SEE_SCHEDULE,
    Permission.BOOK,
    Permission.CHECK_IN,
    Permission.SEE_REMINDERS,
    Permission.FOLLOW_UP,
}
# The front desk hands out forms and collects signatures, so it records consents. Disclosures
# contain clinical records, so it does not disclose.
_SIGNATURES = {Permission.SEE_CONSENTS, Permission.RECORD_CONSENTS}
_DISCLOSING = _SIGNATURES | {Permission.SEE_DISCLOSURES, Permission.DISCLOSE}
_CLINICAL_READING = {Permission.SEE_CLINICAL, Permission.SEE_PLAN, Permission.SEE_DOSES}

PERMISSIONS: Mapping[Role, frozenset[Permission]] = {
    Role.PRESCRIBER: frozenset(
        _VISITS
        | _CLINICAL_READING
        | _DISCLOSING
        | {
            Permission.EDIT_IDENTITY,
            Permission.ADMIT,
            Permission.RECORD_CLINICAL,
            Permission.WRITE_PLAN,
            Permission.SIGN_PLAN,
            Permission.SEE_COUNSELING_NOTES,
            Permission.WRITE_COUNSELING_NOTES,
            Permission.RECORD_DOSES,
            Permission.CORRECT_DOSES,
            Permission.SEE_OUTCOMES,
            Permission.ASSIGN_CARE_TEAM,
            Permission.OPEN_IN_EMERGENCY,
        }
    ),
    Role.NURSE: frozenset(
        _VISITS
        | _CLINICAL_READING
        | _DISCLOSING
        | {
            Permission.EDIT_IDENTITY,
            Permission.RECORD_CLINICAL,
            Permission.RECORD_DOSES,
            Permission.CORRECT_DOSES,
            Permission.OPEN_IN_EMERGENCY,
        }
    ),
    Role.COUNSELOR: frozenset(
        _VISITS
        | _DISCLOSING
        | {
            Permission.EDIT_IDENTITY,
            Permission.ADMIT,
            Permission.SEE_CLINICAL,
            Permission.RECORD_CLINICAL,
            Permission.SEE_PLAN,
            Permission.WRITE_PLAN,
            Permission.SEE_COUNSELING_NOTES,
            Permission.WRITE_COUNSELING_NOTES,
            Permission.OPEN_IN_EMERGENCY,
        }
    ),
    Role.CASE_MANAGER: frozenset(
        _VISITS
        | _DISCLOSING
        | {
            Permission.EDIT_IDENTITY,
            Permission.ADMIT,
            Permission.SEE_CLINICAL,
            Permission.SEE_PLAN,
            Permission.WRITE_PLAN,
            Permission.MANAGE_REMINDERS,
            Permission.OPEN_IN_EMERGENCY,
        }
    ),
    Role.FRONT_DESK: frozenset(
        _VISITS | _SIGNATURES | {Permission.EDIT_IDENTITY, Permission.MANAGE_REMINDERS}
    ),
    Role.CLINICAL_DIRECTOR: frozenset(
        set(Permission)
        - {
            Permission.SEE_AUDIT,
            Permission.REVIEW_EMERGENCIES,
            Permission.MANAGE_USERS,
            Permission.SET_UP,
        }
    ),
    Role.PRIVACY_OFFICER: frozenset(
        {
            Permission.SEE_AUDIT,
            Permission.REVIEW_EMERGENCIES,
            Permission.CONFIRM_ROLES,
            Permission.SEE_CONSENTS,
            Permission.SEE_DISCLOSURES,
            Permission.DECIDE_RESTRICTIONS,
            Permission.OPEN_NOTES_BY_CONSENT,
        }
    ),
    Role.SYSTEM_ADMINISTRATOR: frozenset(
        {
            Permission.MANAGE_USERS,
            Permission.SET_UP,
            Permission.SET_UP_REMINDERS,
            Permission.SEE_JOBS,
        }
    ),
}


#: Permissions limited to one's own caseload: patients on whose care team one is. Every other
#: permission of a role covers all patients of the site.
CASELOAD_ONLY: Mapping[Role, frozenset[Permission]] = {
    Role.COUNSELOR: frozenset(
        {
            Permission.SEE_CLINICAL,
            Permission.RECORD_CLINICAL,
            Permission.SEE_PLAN,
            Permission.WRITE_PLAN,
            Permission.WRITE_COUNSELING_NOTES,
            Permission.SEE_DISCLOSURES,
            Permission.DISCLOSE,
        }
    ),
    Role.CASE_MANAGER: frozenset(
        {
            Permission.SEE_CLINICAL,
            Permission.SEE_PLAN,
            Permission.WRITE_PLAN,
            Permission.SEE_DISCLOSURES,
            Permission.DISCLOSE,
        }
    ),
}

#: Permissions that no role alone is enough for: the row itself says who may read it (42 CFR 2.11).
NAMED_ONLY = frozenset({Permission.SEE_COUNSELING_NOTES})

#: Permissions that emergency access may give, limited to those that one's own role has elsewhere:
#: only reading, and never counseling notes.
READ_IN_AN_EMERGENCY = frozenset(
    {
        Permission.SEE_IDENTITY,
        Permission.SEE_SCHEDULE,
        Permission.SEE_CLINICAL,
        Permission.SEE_PLAN,
        Permission.SEE_DOSES,
    }
)

#: Roles that require a second factor: all. Administrators see no patients, but they create accounts
#: that do.
NEEDING_SECOND_FACTOR = frozenset(Role)

#: Roles that may confirm, as the second person, a role that an administrator proposed.
CONFIRMING = frozenset(role for role in Role if Permission.CONFIRM_ROLES in PERMISSIONS[role])

#: Permissions that no API token can have: they need a person who can show a second factor.
NEVER_BY_TOKEN = frozenset(
    {
        Permission.SIGN_PLAN,
        Permission.OPEN_IN_EMERGENCY,
        Permission.MANAGE_USERS,
        Permission.CONFIRM_ROLES,
        Permission.SEE_COUNSELING_NOTES,
        Permission.WRITE_COUNSELING_NOTES,
        Permission.OPEN_NOTES_BY_CONSENT,
        Permission.ASSIGN_CARE_TEAM,
        Permission.DECIDE_RESTRICTIONS,
    }
)

#: Roles with which an appointment can be booked.
SEEING_PATIENTS = frozenset(
    {
        Role.PRESCRIBER,
        Role.NURSE,
        Role.COUNSELOR,
        Role.CASE_MANAGER,
        Role.CLINICAL_DIRECTOR,
    }
)
