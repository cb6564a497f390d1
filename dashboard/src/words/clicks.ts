/** What is said of a click whose request got no answer: what may have become of it, and why to try again does no harm. */
export const clicks = {
  title: 'No answer came: it may be done, or not',
  jobs: 'To the list of jobs',
  texts: {
    retry: 'The request or its answer got lost on the way. The job may run again already: look at the list, or try again. No second copy is made.',
    clone: 'The request or its answer got lost on the way. The copy may be there already: look at the list, or try again. No second copy is made.',
    create: 'The request or its answer got lost on the way. The job may be there already: look at the list, or try again. No second job is made.',
    suspend: 'The request or its answer got lost on the way. Some or all of it may be suspended: look at the list, or try again. What is suspended stays so.',
    resume: 'The request or its answer got lost on the way. Some or all of it may be resumed: look at the list, or try again. What is resumed goes on as it is.',
    delete: 'The request or its answer got lost on the way. Some or all of it may be deleted: look at the list, or try again. A job that somebody has made anew under one of the names stays.',
    saveTemplate: 'The request or its answer got lost on the way. The template may be saved: look among the templates, or try again. If it is saved, its name is taken then.',
    replaceTemplate: 'The request or its answer got lost on the way. The template may be replaced: try again. It is then saved as it stands here.',
    deleteTemplate: 'The request or its answer got lost on the way. The template may be deleted: look among the templates, or try again. It goes by the name: a template that somebody has saved anew under it would be deleted too.',
    signIn: 'The request or its answer got lost on the way. You may be signed in: try again, with the same token, or load the page again to see.',
    signOut: 'The request or its answer got lost on the way. You may still be signed in: try again, and don’t leave this browser to others before it is done.',
  },
} as const;
