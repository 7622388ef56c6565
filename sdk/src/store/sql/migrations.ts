/**
 * One step of the schema. Append only: a released step never changes. A step adds tables, columns with a default and
 * indexes, and takes away nothing the version before needs: that one serves on beside it.
 */
export interface Migration {
  readonly name: string;
  /** `{p}` stands for the table prefix. */
  readonly statements: readonly string[];
}

/**
 * The schema on SQLite. Every key starts with the connection, and every foreign key carries it along, so
 * that a row of one connection cannot point into another. Resources lie in the order of the default listing,
 * one type after the other: a page of ten groups does not read through 100,000 users.
 */
export const SQLITE_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-connections-and-resources',
    statements: [
      `CREATE TABLE {p}connections (
        connection_id TEXT PRIMARY KEY,
        customer_id TEXT NOT NULL CHECK (customer_id <> ''),
        display_name TEXT,
        provider TEXT,
        status TEXT NOT NULL CHECK (status IN ('active', 'paused')),
        guard TEXT NOT NULL CHECK (guard IN ('hold', 'notify', 'off')),
        profile TEXT NOT NULL CHECK (profile IN ('compat', 'strict')),
        mapping TEXT,
        created_at INTEGER NOT NULL,
        event_position INTEGER NOT NULL DEFAULT 0
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}connections_customer ON {p}connections (customer_id, connection_id)`,
      `CREATE TABLE {p}leniencies (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        name TEXT NOT NULL,
        count INTEGER NOT NULL,
        last_used_at INTEGER NOT NULL,
        PRIMARY KEY (connection_id, name)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE {p}api_keys (
        key_id TEXT PRIMARY KEY,
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        digest TEXT NOT NULL,
        pepper_id TEXT,
        last_four TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        created_by TEXT,
        expires_at INTEGER,
        retires_at INTEGER,
        revoked_at INTEGER,
        last_used_at INTEGER,
        sequence INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE UNIQUE INDEX {p}api_keys_connection ON {p}api_keys (connection_id, sequence)`,
      `CREATE TABLE {p}resources (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        name_key TEXT,
        external_id TEXT,
        display_key TEXT,
        active INTEGER,
        user_id TEXT,
        version INTEGER NOT NULL,
        created TEXT NOT NULL,
        last_modified TEXT NOT NULL,
        attributes TEXT NOT NULL,
        search TEXT NOT NULL,
        PRIMARY KEY (connection_id, resource_type, id),
        UNIQUE (connection_id, id)
      ) STRICT, WITHOUT ROWID`,
      `CREATE UNIQUE INDEX {p}resources_name ON {p}resources (connection_id, resource_type, name_key)`,
      `CREATE INDEX {p}resources_external ON {p}resources (connection_id, resource_type, external_id)`,
      `CREATE INDEX {p}resources_display ON {p}resources (connection_id, resource_type, display_key)`,
      `CREATE INDEX {p}resources_active ON {p}resources (connection_id, resource_type, active)`,
      `CREATE UNIQUE INDEX {p}resources_user ON {p}resources (connection_id, user_id) WHERE user_id IS NOT NULL`,
      `CREATE TABLE {p}indexed_values (
        connection_id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        attribute TEXT NOT NULL,
        value_key TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        is_unique INTEGER NOT NULL,
        PRIMARY KEY (connection_id, resource_type, attribute, value_key, resource_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      `CREATE UNIQUE INDEX {p}indexed_values_unique
        ON {p}indexed_values (connection_id, resource_type, attribute, value_key) WHERE is_unique = 1`,
      `CREATE INDEX {p}indexed_values_resource ON {p}indexed_values (connection_id, resource_id)`,
      `CREATE TABLE {p}members (
        connection_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        member_id TEXT NOT NULL,
        member_type TEXT NOT NULL,
        display TEXT,
        PRIMARY KEY (connection_id, group_id, member_id),
        FOREIGN KEY (connection_id, group_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE,
        FOREIGN KEY (connection_id, member_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}members_member ON {p}members (connection_id, member_id, group_id)`,
      `CREATE TABLE {p}events (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        type TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        resource_version INTEGER NOT NULL,
        occurred_at TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (connection_id, position)
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}events_resource ON {p}events (connection_id, resource_id, position)`,
      `CREATE TABLE {p}audit (
        audit_id TEXT PRIMARY KEY,
        connection_id TEXT NOT NULL,
        customer_id TEXT NOT NULL,
        actor TEXT,
        action TEXT NOT NULL,
        occurred_at INTEGER NOT NULL,
        detail TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}audit_connection ON {p}audit (connection_id, occurred_at)`,
      `CREATE TABLE {p}secrets (
        name TEXT PRIMARY KEY,
        secret TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    // Beside `profile`, whose CHECK only a new table could change: columns are dropped and renamed only where
    // every view and trigger of the host's is sound. An older process reads such a connection as strict.
    name: '0002-interop-profile',
    statements: [
      `ALTER TABLE {p}connections ADD COLUMN is_interop INTEGER NOT NULL DEFAULT 0 CHECK (is_interop IN (0, 1))`,
    ],
  },
  {
    name: '0003-temporary-keys',
    statements: [
      `ALTER TABLE {p}api_keys
        ADD COLUMN kind TEXT NOT NULL DEFAULT 'standard' CHECK (kind IN ('standard', 'temporary'))`,
      `ALTER TABLE {p}api_keys ADD COLUMN purpose TEXT`,
    ],
  },
  {
    // What goes with a deleted resource is found through an index only where that index holds every column;
    // else SQLite reads all members and all indexed values of the connection.
    name: '0004-cascades-by-index',
    statements: [
      `DROP INDEX {p}members_member`,
      `CREATE INDEX {p}members_member
        ON {p}members (connection_id, member_id, group_id, member_type, display)`,
      `DROP INDEX {p}indexed_values_resource`,
      `CREATE INDEX {p}indexed_values_resource
        ON {p}indexed_values (connection_id, resource_id, resource_type, attribute, value_key, is_unique)`,
    ],
  },
  {
    name: '0005-shared-rate-limits',
    statements: [
      `CREATE TABLE {p}rate_limits (
        connection_id TEXT PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        tokens REAL NOT NULL,
        filled_at INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    // The primary key has the documents in it: to pass over 100,000 resources is to read them all.
    name: '0006-pages-by-id',
    statements: [`CREATE INDEX {p}resources_page ON {p}resources (connection_id, resource_type, id)`],
  },
  {
    // A table WITHOUT ROWID is one large index: rows of documents, too long for its pages, each take a further one,
    // and are rewritten with every neighbour. Made anew rather than renamed, since a table is renamed only where
    // every view and trigger of the host's is sound. What refers to resources goes first, so that nothing cascades.
    name: '0007-documents-by-rowid',
    statements: [
      `CREATE TABLE {p}copy_resources AS SELECT * FROM {p}resources`,
      `CREATE TABLE {p}copy_indexed_values AS SELECT * FROM {p}indexed_values`,
      `CREATE TABLE {p}copy_members AS SELECT * FROM {p}members`,
      `CREATE TABLE {p}copy_events AS SELECT * FROM {p}events`,
      `DROP TABLE {p}indexed_values`,
      `DROP TABLE {p}members`,
      `DROP TABLE {p}resources`,
      `DROP TABLE {p}events`,
      `CREATE TABLE {p}resources (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        name_key TEXT,
        external_id TEXT,
        display_key TEXT,
        active INTEGER,
        user_id TEXT,
        version INTEGER NOT NULL,
        created TEXT NOT NULL,
        last_modified TEXT NOT NULL,
        attributes TEXT NOT NULL,
        search TEXT NOT NULL,
        PRIMARY KEY (connection_id, resource_type, id),
        UNIQUE (connection_id, id)
      ) STRICT`,
      `INSERT INTO {p}resources
          (connection_id, id, resource_type, name_key, external_id, display_key, active, user_id,
           version, created, last_modified, attributes, search)
        SELECT connection_id, id, resource_type, name_key, external_id, display_key, active, user_id,
          version, created, last_modified, attributes, search
        FROM {p}copy_resources ORDER BY connection_id, id`,
      `CREATE UNIQUE INDEX {p}resources_name ON {p}resources (connection_id, resource_type, name_key)`,
      `CREATE INDEX {p}resources_external ON {p}resources (connection_id, resource_type, external_id)`,
      `CREATE INDEX {p}resources_display ON {p}resources (connection_id, resource_type, display_key)`,
      `CREATE INDEX {p}resources_active ON {p}resources (connection_id, resource_type, active, id)`,
      `CREATE UNIQUE INDEX {p}resources_user ON {p}resources (connection_id, user_id) WHERE user_id IS NOT NULL`,
      `CREATE TABLE {p}indexed_values (
        connection_id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        attribute TEXT NOT NULL,
        value_key TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        is_unique INTEGER NOT NULL,
        PRIMARY KEY (connection_id, resource_type, attribute, value_key, resource_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      `INSERT INTO {p}indexed_values
          (connection_id, resource_type, attribute, value_key, resource_id, is_unique)
        SELECT connection_id, resource_type, attribute, value_key, resource_id, is_unique
        FROM {p}copy_indexed_values`,
      `CREATE UNIQUE INDEX {p}indexed_values_unique
        ON {p}indexed_values (connection_id, resource_type, attribute, value_key) WHERE is_unique = 1`,
      `CREATE INDEX {p}indexed_values_resource
        ON {p}indexed_values (connection_id, resource_id, resource_type, attribute, value_key, is_unique)`,
      `CREATE TABLE {p}members (
        connection_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        member_id TEXT NOT NULL,
        member_type TEXT NOT NULL,
        display TEXT,
        PRIMARY KEY (connection_id, group_id, member_id),
        FOREIGN KEY (connection_id, group_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE,
        FOREIGN KEY (connection_id, member_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      `INSERT INTO {p}members (connection_id, group_id, member_id, member_type, display)
        SELECT connection_id, group_id, member_id, member_type, display FROM {p}copy_members`,
      `CREATE INDEX {p}members_member
        ON {p}members (connection_id, member_id, group_id, member_type, display)`,
      // Nothing reads the events of one resource alone.
      `CREATE TABLE {p}events (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        position INTEGER NOT NULL,
        id TEXT NOT NULL,
        type TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        resource_version INTEGER NOT NULL,
        occurred_at TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (connection_id, position)
      ) STRICT`,
      `INSERT INTO {p}events
          (connection_id, position, id, type, resource_type, resource_id, resource_version, occurred_at, data)
        SELECT connection_id, position, id, type, resource_type, resource_id, resource_version, occurred_at, data
        FROM {p}copy_events`,
      `DROP TABLE {p}copy_resources`,
      `DROP TABLE {p}copy_indexed_values`,
      `DROP TABLE {p}copy_members`,
      `DROP TABLE {p}copy_events`,
    ],
  },
  {
    name: '0008-policies',
    statements: [`ALTER TABLE {p}connections ADD COLUMN policy TEXT NOT NULL DEFAULT '{}'`],
  },
  {
    name: '0009-staged-changes',
    statements: [
      `CREATE TABLE {p}staged_changes (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        staged_id TEXT NOT NULL,
        sealed TEXT NOT NULL,
        expires_at INTEGER NOT NULL,
        PRIMARY KEY (connection_id, staged_id)
      ) STRICT`,
      `CREATE INDEX {p}staged_changes_expiry ON {p}staged_changes (connection_id, expires_at)`,
    ],
  },
  {
    name: '0010-delivery',
    statements: [
      // Events of all connections in one order, as runs of events of one connection each. Written behind the
      // commits, by whoever reads in that order.
      `CREATE TABLE {p}event_order (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        first_position INTEGER NOT NULL,
        event_count INTEGER NOT NULL,
        first_sequence INTEGER NOT NULL,
        PRIMARY KEY (connection_id, first_position)
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}event_order_sequence ON {p}event_order (first_sequence)`,
      `CREATE TABLE {p}event_order_end (name TEXT PRIMARY KEY, next_sequence INTEGER NOT NULL) STRICT`,
      `INSERT INTO {p}event_order_end (name, next_sequence) VALUES ('all', 1)`,
      `CREATE TABLE {p}consumers (name TEXT PRIMARY KEY, created_at INTEGER NOT NULL) STRICT`,
      `CREATE TABLE {p}consumer_progress (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        consumer TEXT NOT NULL,
        position INTEGER NOT NULL,
        fence INTEGER NOT NULL,
        leased_until INTEGER NOT NULL,
        PRIMARY KEY (connection_id, consumer)
      ) STRICT, WITHOUT ROWID`,
      // Events that failed, and those of the same resource that came later. due_at: the first of a resource.
      `CREATE TABLE {p}parked_events (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        consumer TEXT NOT NULL,
        position INTEGER NOT NULL,
        resource_id TEXT NOT NULL,
        attempts INTEGER NOT NULL,
        due_at INTEGER,
        dead_at INTEGER,
        error TEXT,
        PRIMARY KEY (connection_id, consumer, position)
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}parked_events_resource ON {p}parked_events (connection_id, consumer, resource_id, position)`,
      `CREATE INDEX {p}parked_events_due ON {p}parked_events (consumer, due_at) WHERE due_at IS NOT NULL`,
      `CREATE INDEX {p}parked_events_dead ON {p}parked_events (consumer, dead_at) WHERE dead_at IS NOT NULL`,
      `CREATE TABLE {p}webhooks (
        webhook_id TEXT PRIMARY KEY,
        url TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'gone')),
        settings TEXT NOT NULL,
        secrets TEXT NOT NULL,
        created_at INTEGER NOT NULL
      ) STRICT`,
    ],
  },
  {
    name: '0011-guard',
    statements: [
      `ALTER TABLE {p}resources ADD COLUMN is_held INTEGER NOT NULL DEFAULT 0`,
      `CREATE TABLE {p}guard_windows (
        connection_id TEXT PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        opened_at INTEGER NOT NULL,
        active_users INTEGER NOT NULL,
        passed TEXT NOT NULL,
        storm_at INTEGER
      ) STRICT`,
      `CREATE TABLE {p}held_changes (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        resource_id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('deactivated', 'deleted', 'membersRemoved')),
        state TEXT NOT NULL CHECK (state IN ('waiting', 'releasing', 'rejected')),
        told TEXT NOT NULL,
        was_active INTEGER NOT NULL,
        version INTEGER NOT NULL,
        member_of TEXT NOT NULL,
        key_id TEXT,
        held_at INTEGER NOT NULL,
        reviewed_by TEXT,
        reviewed_at INTEGER,
        failure TEXT,
        PRIMARY KEY (connection_id, resource_id)
      ) STRICT`,
      `CREATE INDEX {p}held_changes_state ON {p}held_changes (connection_id, state, held_at, resource_id)`,
      `CREATE INDEX {p}held_changes_releasing ON {p}held_changes (connection_id) WHERE state = 'releasing'`,
      `CREATE TABLE {p}held_members (
        connection_id TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        member_id TEXT NOT NULL,
        member_type TEXT NOT NULL,
        PRIMARY KEY (connection_id, resource_id, member_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}held_changes ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: '0012-roles',
    statements: [
      `CREATE TABLE {p}role_rules (
        connection_id TEXT PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        rules TEXT NOT NULL
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE {p}user_roles (
        connection_id TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        roles TEXT NOT NULL,
        PRIMARY KEY (connection_id, resource_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE {p}walks (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        number INTEGER NOT NULL,
        task TEXT NOT NULL,
        after_id TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (connection_id, number)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    name: '0013-tombstones',
    statements: [
      `CREATE TABLE {p}tombstones (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        name_key TEXT,
        user_id TEXT,
        version INTEGER NOT NULL,
        created TEXT NOT NULL,
        deleted_at TEXT NOT NULL,
        attributes TEXT NOT NULL,
        member_of TEXT NOT NULL,
        PRIMARY KEY (connection_id, id)
      ) STRICT`,
      `CREATE INDEX {p}tombstones_name ON {p}tombstones (connection_id, resource_type, name_key, deleted_at)`,
      `CREATE INDEX {p}tombstones_age ON {p}tombstones (connection_id, deleted_at)`,
      `CREATE TABLE {p}waiting_users (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        resource_id TEXT NOT NULL,
        arrival INTEGER NOT NULL,
        since TEXT NOT NULL,
        told TEXT,
        PRIMARY KEY (connection_id, resource_id)
      ) STRICT`,
      `CREATE UNIQUE INDEX {p}waiting_users_arrival ON {p}waiting_users (connection_id, arrival)`,
      `CREATE TABLE {p}verified_domains (
        customer_id TEXT NOT NULL,
        domain TEXT NOT NULL,
        PRIMARY KEY (customer_id, domain)
      ) STRICT, WITHOUT ROWID`,
      `ALTER TABLE {p}resources ADD COLUMN link TEXT CHECK (link IN ('unproven', 'proven'))`,
    ],
  },
  {
    // What a connection on a dry run would have done, and what the app was last told of each resource since changed.
    name: '0014-effects',
    statements: [
      `ALTER TABLE {p}connections ADD COLUMN quiet_writes INTEGER NOT NULL DEFAULT 0`,
      `ALTER TABLE {p}connections ADD COLUMN epoch TEXT NOT NULL DEFAULT ''`,
      `CREATE TABLE {p}effects (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        position INTEGER NOT NULL,
        type TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        occurred_at TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (connection_id, position)
      ) STRICT`,
      `CREATE TABLE {p}untold (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        resource_id TEXT NOT NULL,
        resource_type TEXT NOT NULL,
        turn INTEGER NOT NULL,
        position INTEGER NOT NULL,
        told TEXT,
        PRIMARY KEY (connection_id, resource_id)
      ) STRICT`,
      `CREATE INDEX {p}untold_turn ON {p}untold (connection_id, turn, position)`,
      `CREATE TABLE {p}untold_members (
        connection_id TEXT NOT NULL,
        group_id TEXT NOT NULL,
        member_id TEXT NOT NULL,
        was_member INTEGER NOT NULL CHECK (was_member IN (0, 1)),
        PRIMARY KEY (connection_id, group_id, member_id),
        FOREIGN KEY (connection_id, group_id) REFERENCES {p}untold (connection_id, resource_id) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE {p}undone (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        event_id TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        undone_at INTEGER NOT NULL,
        actor TEXT,
        PRIMARY KEY (connection_id, event_id)
      ) STRICT, WITHOUT ROWID`,
      `CREATE INDEX {p}undone_resource ON {p}undone (connection_id, resource_id, event_id)`,
    ],
  },
  {
    // Which events are about whom. Filled by those who ask, not with the events: no request pays for it.
    name: '0014-event-subjects',
    statements: [
      `CREATE TABLE {p}event_subjects (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        subject TEXT NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (connection_id, subject, position)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE {p}event_aliases (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        alias TEXT NOT NULL,
        resource_id TEXT NOT NULL,
        PRIMARY KEY (connection_id, alias, resource_id)
      ) STRICT, WITHOUT ROWID`,
      `CREATE TABLE {p}event_subjects_read (
        connection_id TEXT PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        position INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID`,
    ],
  },
  {
    // SCIM requests as administrators read them. Written behind the answers; a crash may lose the last of them.
    name: '0016-activity',
    statements: [
      `CREATE TABLE {p}activity (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        activity_id TEXT NOT NULL,
        occurred_at INTEGER NOT NULL,
        status INTEGER NOT NULL,
        resource_id TEXT,
        searched TEXT NOT NULL,
        data TEXT NOT NULL,
        PRIMARY KEY (connection_id, activity_id)
      ) STRICT`,
      `CREATE INDEX {p}activity_failures ON {p}activity (connection_id, activity_id) WHERE status >= 400`,
      `CREATE INDEX {p}activity_resource ON {p}activity (connection_id, resource_id, activity_id) WHERE resource_id IS NOT NULL`,
    ],
  },
  {
    name: '0017-connections-locked-once',
    statements: [
      // SQLite locks no rows.
    ],
  },
  {
    // When an identity provider first did each of the things a guide waits for; outlives the activity.
    name: '0018-setup-steps',
    statements: [
      `CREATE TABLE {p}setup_steps (
        connection_id TEXT NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        step TEXT NOT NULL,
        first_at INTEGER NOT NULL,
        PRIMARY KEY (connection_id, step)
      ) STRICT, WITHOUT ROWID`,
    ],
  },
];
