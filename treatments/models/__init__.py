"""Models of treatment plans, drug tests and counseling notes."""

from treatments.models.counseling_notes import CounselingNote, NoteReader
from treatments.models.drug_tests import DrugTest, DrugTestResult
from treatments.models.planned_tests import PlannedTest
from treatments.models.treatment_plans import (
    Goal,
    Intervention,
    PlanQuerySet,
    Problem,
    TreatmentPlan,
)

__all__ = [
    "CounselingNote",
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
