package hygiene

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// PostgreSQL searches every row of every table of a host's database for secrets.
func (r *Register) PostgreSQL(ctx context.Context, address string) ([]string, error) {
	db, err := sql.Open("pgx", address)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	defer db.Close()
	tables, err := column(ctx, db, `SELECT format('%I.%I', table_schema, table_name) FROM information_schema.tables
		WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		return nil, err
	}
	if len(tables) == 0 {
		return nil, fmt.Errorf("search: no table in the database")
	}
	var found []string
	for _, table := range tables {
		rows, err := column(ctx, db, `SELECT row_to_json(t)::text FROM `+table+` AS t`)
		if err != nil {
			return nil, err
		}
		found = append(found, r.Search(table, strings.Join(rows, "\n"), Secret, Key)...)
	}
	return found, nil
}

// column is the one column of a query.
func column(ctx context.Context, db *sql.DB, query string) (values []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, fmt.Errorf("search: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var value string
		if err := rows.Scan(&value); err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		values = append(values, value)
	}
	return values, rows.Err()
}
