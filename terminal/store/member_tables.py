"""What a member's file holds beside name and phone, and which files are one person's."""

from __future__ import annotations

from peewee import BlobField, CompositeKey, IntegerField, Model, TextField

# `alias_of` is the account a merged one now stands for; empty for every other. Members are found by the month of their
# birthday, lunar ones all together, since theirs falls in another month every year. Tags are kept as they compare.
# Profiles are found by the row of the chain they are about, those that a release before wrote as well.
SQL = """
ALTER TABLE member ADD COLUMN body TEXT NOT NULL DEFAULT '';
ALTER TABLE member ADD COLUMN alias_of BLOB NOT NULL DEFAULT x'';
ALTER TABLE member ADD COLUMN erased_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX member_alias ON member (alias_of) WHERE alias_of <> x'';
CREATE INDEX member_level ON member (level) WHERE level <> '';
CREATE INDEX member_birth_month ON member (
    CASE WHEN substr(birthday, 1, 1) = 'L' THEN 'L' ELSE substr(birthday, -5, 2) END) WHERE birthday <> '';
CREATE TABLE member_secret (n INTEGER PRIMARY KEY CHECK (n = 1), note_key BLOB NOT NULL);
CREATE TABLE member_tag (
    tag TEXT NOT NULL, member INTEGER NOT NULL REFERENCES member, PRIMARY KEY (tag, member)) WITHOUT ROWID;
CREATE TABLE member_note (
    member INTEGER NOT NULL REFERENCES member, kind TEXT NOT NULL, sealed BLOB NOT NULL, changed_at INTEGER NOT NULL,
    PRIMARY KEY (member, kind)) WITHOUT ROWID;
CREATE TABLE profile_of (key TEXT NOT NULL, digest BLOB NOT NULL, PRIMARY KEY (key, digest)) WITHOUT ROWID;
INSERT OR IGNORE INTO profile_of SELECT json_extract(CAST(bytes AS TEXT), '$.payload.key'), digest
    FROM proposal JOIN entry USING (life, seq) WHERE instr(bytes, CAST('"key":"' AS BLOB));
INSERT OR IGNORE INTO profile_of SELECT json_extract(CAST(bytes AS TEXT), '$.payload.key'), digest
    FROM proposal JOIN past_entry USING (life, seq) WHERE instr(bytes, CAST('"key":"' AS BLOB));
"""


class MemberSecret(Model):
    """The store's one secret of its own for notes; each member's key comes from it and from the salt of their file."""

    n = IntegerField(primary_key=True)
    note_key = BlobField()


class MemberTag(Model):
    """A tag on a member's file, in the form in which tags compare, to find everybody who bears it."""

    tag = TextField()
    member = IntegerField()

    class Meta:
        """The tag and who bears it."""

        primary_key = CompositeKey("tag", "member")


class MemberNote(Model):
    """A sensitive note (`allergies`, `formula`), encrypted; the time is UTC milliseconds."""

    member = IntegerField()
    kind = TextField()
    sealed = BlobField()
    changed_at = IntegerField()

    class Meta:
        """Whose note, and of what."""

        primary_key = CompositeKey("member", "kind")


class ProfileOf(Model):
    """Which row of the chain a profile is about, by its SHA-256: a member's account, or a medium's id there."""

    key = TextField()
    digest = BlobField()

    class Meta:
        """The row and its profile."""

        primary_key = CompositeKey("key", "digest")


TABLES: dict[str, type[Model]] = {
    "member_secret": MemberSecret,
    "member_tag": MemberTag,
    "member_note": MemberNote,
    "profile_of": ProfileOf,
}
