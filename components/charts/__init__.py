"""The charts: figures over time, beside each other and as they are today, each with the rows behind it."""
