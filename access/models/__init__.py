"""Models of sites, staff, roles, care teams, emergency access and the audit trail."""

from access.models.account_notices import AccountNotice
from access.models.api_tokens import ApiToken
from access.models.audit import (
    AuditArchive,
    AuditBatch,
    AuditEntry,
    AuditQuerySet,
    CurrentTransaction,
)
from access.models.care_teams import CareTeamPlace
from access.models.emergency_access import EmergencyAccess
from access.models.role_assignments import RoleAssignment
from access.models.role_proposals import RoleProposal
from access.models.sessions import StaffSession
from access.models.sites import Site
from access.models.users import User

__all__ = [
    "AccountNotice",
    "ApiToken",
    "AuditArchive",
    "AuditBatch",
    "AuditEntry",
    "AuditQuerySet",
    "CareTeamPlace",
    "CurrentTransaction",
    "EmergencyAccess",
    "RoleAssignment",
    "RoleProposal",
    "Site",
    "StaffSession",
    "User",
]
