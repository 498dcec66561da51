"""Import of three clinical trials of opioid treatment, harmonized as CTN-0094."""
