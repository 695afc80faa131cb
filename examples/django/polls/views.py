from django.db.models import F
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views import generic

from .models import Choice, Question


class IndexView(generic.ListView):
    template_name = "polls/index.html"
    queryset = Question.objects.order_by("-published")[:5]


class DetailView(generic.DetailView):
    template_name = "polls/detail.html"
    model = Question


class ResultsView(generic.DetailView):
    template_name = "polls/results.html"
    model = Question


def vote(request, pk):
    question = get_object_or_404(Question, pk=pk)
    try:
        choice = question.choice_set.get(pk=request.POST["choice"])
    except (KeyError, ValueError, Choice.DoesNotExist):
        context = {"question": question, "error": "You have not chosen anything."}
        return render(request, "polls/detail.html", context, status=400)
    # Counted by the database, so that two who vote at once are two votes.
    choice.votes = F("votes") + 1
    choice.save()
    return HttpResponseRedirect(reverse("polls:results", args=[pk]))
