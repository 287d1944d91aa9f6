"""The sample community and other invented data: same seed, same people. Every name is made up."""
