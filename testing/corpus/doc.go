// Package corpus holds the host's readers to what real providers' documents say. The documents are other people's and lie outside of this
// repository, in the folder that IDPLUG_TEST_CORPUS names; index.tsv there says of each file what a correct importer must conclude. Nobody may
// enter.
package corpus
