"""Activities: classes, events, outings, birthday parties; who comes, who never does, and what people would like."""
