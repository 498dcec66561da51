"""The plan of both arms, drug tests, counselling notes."""

from treatments.models.notes import CounsellingNote, NoteReader
from treatments.models.plans import (
    DrugTest,
    DrugTestResult,
    Goal,
    Intervention,
    PlanQuerySet,
    Problem,
    TreatmentPlan,
)

__all__ = [
    "CounsellingNote",
    "DrugTest",
    "DrugTestResult",
    "Goal",
    "Intervention",
    "NoteReader",
    "PlanQuerySet",
    "Problem",
    "TreatmentPlan",
]
