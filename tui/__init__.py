"""Commands and screens: the only rooms that talk to a person's terminal."""
