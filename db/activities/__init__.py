"""What goes on in the neighbourhood, and what people say they need."""
