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
from treatments.models.tests_to_come import PlannedTest

__all__ = [
    "CounsellingNote",
    "DrugTest",
    "DrugTestResult",
    "Goal",
    "Intervention",
    "NoteReader",
    "PlanQuerySet",
    "PlannedTest",
    "Problem",
    "TreatmentPlan",
]
