"""Layer 2: patients, their contact details, episodes of care, history, events, assessments."""
