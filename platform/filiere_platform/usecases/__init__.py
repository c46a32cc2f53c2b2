"""One function per thing that someone asks for: load, decide, save, queue; the edge commits."""
