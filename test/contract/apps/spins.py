"""Never loaded: its code computes, and looks up for nobody."""

while True:
    pass
