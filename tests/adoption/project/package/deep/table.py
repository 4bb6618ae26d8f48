"""A module of a package of the project."""


def save(path, count):
    with open(path, "w") as file:
        file.writelines(f"{n},{n * n}\n" for n in range(count))
