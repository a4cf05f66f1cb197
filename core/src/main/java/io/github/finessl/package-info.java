/** What all packages tell their users by: exceptions whose message is a sentence. */
package io.github.finessl;
