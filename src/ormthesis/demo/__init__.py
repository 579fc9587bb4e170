"""Example domains to try Ormthesis on. Nothing in the engine knows of them."""
