"""Three clinical trials of opioid treatment, harmonised as CTN-0094, as records of the clinic."""
