"""`--sample`: what a large input holds, from a part of it, with an interval that says how sure."""
