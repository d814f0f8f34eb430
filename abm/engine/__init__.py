"""The machine room: compiling, drawing, sharing work, building networks; an economist need not read it."""
