"""Text for people and for programs, made from the events and results of a run."""
