"""How often the model gate is wrong: planted faults and healthy runs, judged by the gate that users have."""
