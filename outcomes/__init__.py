"""Layer 7: reports on outcomes of treatment. Reads the layers below and writes nothing."""
