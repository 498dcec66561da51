"""Staff and what they reach; the trail of it."""

from access.models.proposing import AccountNotice, RoleProposal
from access.models.reaching import CareTeamPlace, EmergencyAccess
from access.models.staff import ApiToken, RoleAssignment, Site, StaffSession, User
from access.models.trail import (
    AuditArchive,
    AuditEntry,
    AuditQuerySet,
    AuditSeal,
    CurrentTransaction,
)

__all__ = [
    "AccountNotice",
    "ApiToken",
    "AuditArchive",
    "AuditEntry",
    "AuditQuerySet",
    "AuditSeal",
    "CareTeamPlace",
    "CurrentTransaction",
    "EmergencyAccess",
    "RoleAssignment",
    "RoleProposal",
    "Site",
    "StaffSession",
    "User",
]
