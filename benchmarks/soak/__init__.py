"""Hours of a healthy rig with the small faults of every day, none of which may stop a run."""
