// Package adaptertest holds the conformance suites of the ports of package refresh (N10). An adapter's test is a harness and one call:
//
//	func TestDirectory(t *testing.T) {
//		adaptertest.Directory(t, adaptertest.DirectoryHarness{New: func(t *testing.T) adaptertest.DirectoryUnderTest {
//			d := newDirectory(t)
//			return adaptertest.DirectoryUnderTest{Directory: d, Declare: d.Declare}
//		}})
//	}
//
// [Directory] and [Store] hold people's side to its duties, [Data] the tenants' rows, and [Runs] whole refreshes with a fault at each
// call; [Settings] are runs over a directory in a database. Each case works on something new, and says in words which rule was broken.
//
// A suite demands what the port's documentation says, and the portability that follows from it: ids are compared by their bytes, the empty text is not NULL,
// instants keep their microseconds, and of several processes that try the same thing at once one wins.
package adaptertest
