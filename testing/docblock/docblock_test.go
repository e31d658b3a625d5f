package docblock_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/idplug/idplug/testing/docblock"
)

const page = `# Page
<!-- generated:a, by make generate -->
old
<!-- /generated:a -->
between
<!-- generated:b, by make generate -->
<!-- /generated:b -->
after
`

func TestReplaceTouchesOnlyItsBlock(t *testing.T) {
	got, err := docblock.Replace(page, "b", "\nnew\n\n")
	require.NoError(t, err)
	require.Equal(t, `# Page
<!-- generated:a, by make generate -->
old
<!-- /generated:a -->
between
<!-- generated:b, by make generate -->
new
<!-- /generated:b -->
after
`, got)

	again, err := docblock.Replace(got, "b", "new")
	require.NoError(t, err)
	require.Equal(t, got, again)
}

func TestReplaceRefusesAPageWithoutTheBlock(t *testing.T) {
	_, err := docblock.Replace(page, "c", "new")
	require.ErrorContains(t, err, "generated:c")
	_, err = docblock.Replace("<!-- generated:a, by make generate -->\nno end", "a", "new")
	require.ErrorContains(t, err, "/generated:a")
}
