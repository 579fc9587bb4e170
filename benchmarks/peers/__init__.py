"""What Ormthesis is compared with: the same tables tested the usual ways."""
