"""What people are called."""

# Vietnamese writes the family's name first and calls people by the last one. Names that are as often given
# names (Hà, Mai, Châu) are left out.
FAMILY_FIRST = frozenset(
    [
        *("Bùi", "Đặng", "Đinh", "Đỗ", "Đoàn", "Dương", "Hồ", "Hoàng", "Huỳnh", "Lê", "Lương", "Lưu", "Mạc"),
        *("Ngô", "Nguyễn", "Phạm", "Phan", "Phùng", "Tạ", "Tăng", "Tôn", "Trần", "Triệu", "Trịnh", "Trương"),
        *("Võ", "Vũ", "Vương"),
    ]
)


def short_name(name: str) -> str:
    """What a person is called: "Zoë" for Zoë Lindqvist, "Đức" for Phạm Minh Đức."""
    parts = name.split()
    if not parts:
        return ""
    is_family_first = parts[0] in FAMILY_FIRST and parts[-1] not in FAMILY_FIRST
    return parts[-1] if is_family_first else parts[0]
